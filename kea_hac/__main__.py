"""`python -m kea_hac` is `kea-hac`."""

from kea_hac.cli import main

if __name__ == "__main__":
    main()
