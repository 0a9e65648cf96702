namespace Gateway.Routing.Difficulty;

/// <summary>
/// The weights of one term, for both forms and both model classes, rounded to 16-bit floats (within 0.05 %), as which the
/// file holds them. The four lie together, so that a term costs one access to memory.
/// </summary>
internal readonly record struct TermWeights(float OpenWeak, float OpenStrong, float ChoiceWeak, float ChoiceStrong);
