using Gateway.Testing;

namespace Gateway.IntegrationTests.Failover;

/// <summary>Scripts that answer a request in the form it asks for.</summary>
internal static class Replies
{
    public static bool IsStream(RecordedRequest request) => (bool?)request.Json["stream"] ?? false;

    /// <summary>The text that a request asks to be continued; null when its last message is not the assistant's.</summary>
    public static string? PrefillOf(RecordedRequest request) =>
        request.Json["messages"]!.AsArray()[^1] is { } last && (string?)last["role"] == "assistant" ? (string?)last["content"] : null;
}
