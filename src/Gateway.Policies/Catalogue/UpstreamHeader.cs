namespace Gateway.Policies;

/// <summary>An extra request header for a provider.</summary>
/// <param name="Name">A token of RFC 9110, section 5.6.2; none that belongs to the connection or to the gateway.</param>
/// <param name="Value">Visible ASCII, spaces and tabs, maybe empty. Held as a secret, because some providers take keys in headers.</param>
public sealed record UpstreamHeader(string Name, Secret Value);
