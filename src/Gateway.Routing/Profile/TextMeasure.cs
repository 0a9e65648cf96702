namespace Gateway.Routing;

/// <summary>What a text is made of, as far as its number of tokens depends on it.</summary>
/// <param name="Bytes">UTF-8 bytes.</param>
public readonly record struct TextMeasure(int Bytes);
