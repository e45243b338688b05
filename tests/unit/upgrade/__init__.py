"""Tests of `kea_hac.upgrade`."""
