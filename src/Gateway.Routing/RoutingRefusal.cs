namespace Gateway.Routing;

/// <summary>Why a request has no plan.</summary>
public enum RoutingRefusal
{
    /// <summary>There is a plan.</summary>
    None,

    /// <summary>No route and no model has the name.</summary>
    UnknownModel,

    /// <summary>The name exists, but the caller's key does not cover it.</summary>
    NotAllowed,

    /// <summary>There are several candidates, and each lacks something that the request needs; the scores of the decision say what.</summary>
    NoCandidate,
}
