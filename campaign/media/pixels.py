"""What a decoded frame tells of its pixels: colour tags by ffmpeg's names, and how finely colour is stored."""

from av.video.frame import VideoFrame

_RANGES = ("unknown", "tv", "pc")
_MATRICES = {
    0: "gbr",
    1: "bt709",
    2: "unknown",
    5: "bt470bg",
    6: "smpte170m",
    7: "smpte240m",
    9: "bt2020nc",
    10: "bt2020c",
}
_PRIMARIES = {1: "bt709", 2: "unknown", 4: "bt470m", 5: "bt470bg", 6: "smpte170m", 9: "bt2020", 12: "smpte432"}
_TRANSFERS = {
    1: "bt709", 2: "unknown", 4: "bt470m", 5: "bt470bg", 6: "smpte170m", 8: "linear", 13: "iec61966-2-1",
    14: "bt2020-10", 15: "bt2020-12", 16: "smpte2084", 18: "arib-std-b67",
}  # fmt: skip


def colour_of(frame: VideoFrame) -> tuple[str, str, str, str]:
    """Range, matrix, primaries and transfer by ffmpeg's names, "unknown" where untagged."""
    spread = int(frame.color_range)
    return (
        _RANGES[spread] if spread < len(_RANGES) else "unknown",
        _MATRICES.get(int(frame.colorspace), "unknown"),
        _PRIMARIES.get(int(frame.color_primaries), "unknown"),
        _TRANSFERS.get(int(frame.color_trc), "unknown"),
    )


def chroma_of(frame: VideoFrame) -> str:
    """How finely colour is stored: 420, 422, 444, rgb, or grey for none."""
    if frame.format.is_rgb:
        return "rgb"
    if len(frame.format.components) < 3:
        return "grey"
    wide, high = frame.format.chroma_width(64), frame.format.chroma_height(64)
    return "420" if high < 64 else "422" if wide < 64 else "444"
