using Gateway.Engine.Execution;

namespace Gateway.Engine.Models;

/// <summary>Tokens of a step that something is read off.</summary>
/// <param name="Reading">Who takes it.</param>
/// <param name="FirstRow">The first of them in <see cref="StepBatch.StateTokens"/>.</param>
/// <param name="Count">How many they are.</param>
internal readonly record struct PromptPiece(PromptReading Reading, int FirstRow, int Count);
