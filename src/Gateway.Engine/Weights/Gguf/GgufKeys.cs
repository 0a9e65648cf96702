namespace Gateway.Engine.Weights.Gguf;

/// <summary>The metadata of one architecture, whose name stands before each key.</summary>
internal sealed class GgufKeys(GgufMetadata metadata, string architecture)
{
    public GgufMetadata Metadata => metadata;

    public int Integer(string key) => metadata.Integer(Full(key));

    public int? FindInteger(string key) => metadata.FindInteger(Full(key));

    public double Number(string key) => metadata.Number(Full(key));

    public double? FindNumber(string key) => metadata.FindNumber(Full(key));

    public bool? FindFlag(string key) => metadata.FindFlag(Full(key));

    public string? FindText(string key) => metadata.FindText(Full(key));

    public WeightsFormatException Error(string key, string problem) => metadata.Error(Full(key), problem);

    private string Full(string key) => $"{architecture}.{key}";
}
