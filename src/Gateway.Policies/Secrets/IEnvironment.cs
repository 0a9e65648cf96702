namespace Gateway.Policies;

/// <summary>Where <c>${NAME}</c> references of the policy files find their values.</summary>
public interface IEnvironment
{
    /// <summary>The variable's value, or null when it is not set.</summary>
    string? GetVariable(string name);
}
