from tests.detections.conftest import bench  # noqa: F401  (the same bench)
