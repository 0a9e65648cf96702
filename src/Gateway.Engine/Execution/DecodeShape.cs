namespace Gateway.Engine.Execution;

/// <summary>What a recorded step was laid out for.</summary>
/// <param name="Sequences">Tokens, one per sequence, padding included.</param>
/// <param name="Context">Most tokens that one of them attends to.</param>
/// <param name="HasAdapters">Whether any token is under an adapter.</param>
internal readonly record struct DecodeShape(int Sequences, int Context, bool HasAdapters = false);
