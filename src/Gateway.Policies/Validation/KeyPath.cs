namespace Gateway.Policies.Validation;

/// <summary>Writes the path of a setting as errors show it: <c>providers.openai.baseUrl</c>.</summary>
internal static class KeyPath
{
    public static string Join(string path, string key) => path.Length == 0 ? Quote.Plain(key) : $"{path}.{Quote.Plain(key)}";
}
