namespace Gateway.Policies;

/// <summary>Holds the snapshot in use and follows the policy folder.</summary>
public sealed class PolicyStore : IDisposable
{
    /// <summary>Raised after each load of an edit; a result without a snapshot was refused and the old snapshot stays.</summary>
    public event Action<PolicyLoadResult>? Reloaded { add => throw new NotImplementedException(); remove => throw new NotImplementedException(); }

    /// <summary>The snapshot in use. Free to read, from any thread.</summary>
    public PolicySnapshot Current => throw new NotImplementedException();

    /// <summary>How the newest state of the folder was received.</summary>
    public PolicyStatus Status => throw new NotImplementedException();

    /// <summary>Loads the folder and begins to follow it.</summary>
    /// <exception cref="PolicyLoadException">The folder has errors; all of them are in it.</exception>
    public static PolicyStore Start(string folder, IEnvironment environment, TimeProvider time) =>
        throw new NotImplementedException();

    public void Dispose() => throw new NotImplementedException();
}
