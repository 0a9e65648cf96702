namespace Gateway.Routing.Difficulty;

/// <summary>A prompt, and who answered it rightly.</summary>
/// <param name="Source">The benchmark that the prompt is from, such as <c>mmlu</c>: figures are reported by it. Never a feature.</param>
/// <param name="Topic">The topic within the source, such as <c>anatomy</c>: cross-validation can hold out whole topics. Never a feature.</param>
/// <param name="Prompt">The text that a model is asked.</param>
/// <param name="Weak">The weak model answered rightly.</param>
/// <param name="Strong">The strong model answered rightly.</param>
public sealed record RoutingExample(string Source, string Topic, string Prompt, bool Weak, bool Strong);
