using System.Runtime.InteropServices;

namespace Gateway.Routing.Difficulty;

/// <summary>
/// The weights of one term, for both forms and both model classes, as 16-bit floats: they differ from the trained ones by less than
/// 0.05 %, at half the size. The four lie together, so that a term costs one access to memory.
/// </summary>
[StructLayout(LayoutKind.Sequential)]
internal readonly record struct TermWeights(Half OpenWeak, Half OpenStrong, Half ChoiceWeak, Half ChoiceStrong);
