using System.Collections.Immutable;

namespace Gateway.Policies;

/// <summary>How to reach a provider over HTTP.</summary>
public sealed record UpstreamDefinition
{
    /// <summary>
    /// Absolute http or https URL without user, query or fragment. Its path ends with a slash, so that
    /// <c>new Uri(BaseUrl, "chat/completions")</c> is the endpoint.
    /// </summary>
    public required Uri BaseUrl { get; init; }

    /// <summary>Sent as <c>Authorization: Bearer</c>; null when the provider needs none. Visible ASCII.</summary>
    public Secret? ApiKey { get; init; }

    public UpstreamHttpVersion HttpVersion { get; init; } = UpstreamHttpVersion.Auto;

    /// <summary>
    /// Whether streams are asked for their usage (<c>stream_options.include_usage</c>) even when the client did not ask, so that every
    /// token can be accounted for. The default is true; false for a server that refuses the field.
    /// </summary>
    public bool AsksForStreamUsage { get; init; } = true;

    /// <summary>Headers added to each request upstream, in the order of the file; names are unique regardless of case.</summary>
    public ImmutableArray<UpstreamHeader> Headers { get; init; } = [];

    public UpstreamTimeouts Timeouts { get; init; } = new();

    /// <summary>
    /// PEM text with at least one certificate, which takes the place of the system's roots for this provider; null to trust
    /// the system's roots. Only with https.
    /// </summary>
    public string? CaBundle { get; init; }
}
