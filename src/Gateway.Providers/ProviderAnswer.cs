namespace Gateway.Providers;

/// <summary>A provider's answer as it came.</summary>
public sealed record ProviderAnswer(AnswerHead Head, ReadOnlyMemory<byte> Body);
