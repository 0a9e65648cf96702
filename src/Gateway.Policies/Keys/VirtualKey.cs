using System.Collections.Frozen;

namespace Gateway.Policies;

/// <summary>One entry of <c>keys.yaml</c>: who a caller is. The key itself is nowhere, only its hash is kept.</summary>
public sealed record VirtualKey
{
    /// <summary>Unique name for logs and reports; never the key.</summary>
    public required string Id { get; init; }

    public string? Organization { get; init; }

    public string? Team { get; init; }

    public string? Project { get; init; }

    public string? User { get; init; }

    /// <summary>Names of routes, models or <c>provider/model</c> that the key may use; null means all.</summary>
    public FrozenSet<string>? Models { get; init; }

    /// <summary>The first moment at which the key is no longer good; null means never.</summary>
    public DateTimeOffset? Expires { get; init; }

    public bool Disabled { get; init; }

    /// <summary>Whether the key may use the endpoints under <c>/admin</c>. The default is false.</summary>
    public bool IsAdmin { get; init; }

    /// <summary>Whose spending the key may read; null for nobody's. An admin key reads everybody's in any case.</summary>
    public ReportRole? Role { get; init; }

    /// <summary>The priority of its requests in the local engine, and the highest that they may ask for. The default is <see cref="RequestPriority.Normal"/>.</summary>
    public RequestPriority Priority { get; init; } = RequestPriority.Normal;

    /// <summary>Whether the key is good at this moment: neither disabled nor expired.</summary>
    public bool IsActive(DateTimeOffset now) => !Disabled && !(now >= Expires);

    /// <summary>Whether the key may ask for this route, and so for each of its candidates.</summary>
    public bool MayUse(RouteDefinition route) => Models is null || Models.Contains(route.Name);

    /// <summary>Whether the key may ask for this model: it lists its bare name (at any provider) or its qualified one.</summary>
    public bool MayUse(ModelCard model) =>
        Models is null || Models.Contains(model.QualifiedName) || Models.Contains(model.Name);
}
