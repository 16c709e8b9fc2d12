"""The shared core of the modular inputs: everything a source does not do itself.

A source (one file in `bin/`) is a frozen declaration and two generators. The core owns time, the
network's moods, the pipe to splunkd and the checkpoints: a source never sleeps, retries, writes
or checkpoints.
"""

VERSION = "0.1.0"
APP = "cloud_instance_watch"
