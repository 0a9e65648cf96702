using System.Diagnostics;

namespace Gateway.Observability.Tracing;

/// <summary>The gateway's <see cref="ActivitySource"/>. Without a collector nobody listens, and a span costs a null check.</summary>
public sealed class GatewayTraces : IDisposable
{
    /// <summary>The source's name, for collectors that listen in this process.</summary>
    public const string Name = "Gateway";

    public ActivitySource Source { get; } = new(Name);

    public void Dispose() => Source.Dispose();
}
