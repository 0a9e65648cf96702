namespace Gateway.IntegrationTests.ProviderPath;

/// <summary>Bytes of event streams as a healthy server writes them.</summary>
internal static class Wire
{
    public const string Done = "data: [DONE]\n\n";

    public static string Event(string payload) => $"data: {payload}\n\n";

    public static string Events(IEnumerable<string> payloads) => string.Concat(payloads.Select(Event));
}
