"""Rules on Kea's own configurations, by theme. Each is a function over `model.configuration`."""
