namespace Gateway.Engine.Adapters;

/// <summary>An adapter's folder cannot be read, holds what the engine cannot apply, or was made for another model.</summary>
public sealed class AdapterException(string name, string folder, IReadOnlyList<string> errors)
    : EngineException($"The adapter '{name}' in {folder} is not usable:" + Text(errors))
{
    // An adapter for another model is wrong in every tensor: the first ones say it.
    private const int MostListed = 20;

    /// <summary>What the operator calls the adapter.</summary>
    public string Name { get; } = name;

    /// <summary>Path of its folder.</summary>
    public string Folder { get; } = folder;

    /// <summary>One line per error, each naming the key, the tensor or the module.</summary>
    public IReadOnlyList<string> Errors { get; } = errors;

    private static string Text(IReadOnlyList<string> errors) =>
        string.Concat(errors.Take(MostListed).Select(error => "\n  - " + error))
        + (errors.Count > MostListed ? $"\n  and {errors.Count - MostListed} more" : "");
}
