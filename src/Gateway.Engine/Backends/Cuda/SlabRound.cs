namespace Gateway.Engine.Backends.Cuda;

/// <summary>Slabs that are expanded and attended to together.</summary>
/// <param name="First">The first of them in the step's list.</param>
/// <param name="Count">Their number.</param>
/// <param name="Rows">Rows of context that they have together.</param>
/// <param name="MaxLength">Most rows of one of them.</param>
/// <param name="MaxTokens">Most queries of one of them.</param>
internal readonly record struct SlabRound(int First, int Count, int Rows, int MaxLength, int MaxTokens);
