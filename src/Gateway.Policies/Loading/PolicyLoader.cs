namespace Gateway.Policies;

/// <summary>Reads and validates the policy folder.</summary>
public static class PolicyLoader
{
    /// <summary>Reads every policy file of the folder and validates them as a whole. Never throws for what is in the files.</summary>
    public static PolicyLoadResult Load(string folder, IEnvironment environment, TimeProvider time) =>
        throw new NotImplementedException();
}
