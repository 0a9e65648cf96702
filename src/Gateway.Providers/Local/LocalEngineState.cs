namespace Gateway.Providers.Local;

/// <summary>Where the engine is in its life.</summary>
public enum LocalEngineState
{
    /// <summary>Not loaded yet.</summary>
    Loading,

    /// <summary>Serves.</summary>
    Ready,

    /// <summary>Could not be loaded, or has stopped for good.</summary>
    Failed,
}
