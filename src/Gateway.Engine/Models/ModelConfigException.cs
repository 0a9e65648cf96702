namespace Gateway.Engine.Models;

/// <summary>A checkpoint's config.json or generation_config.json cannot be read, or describes a model that the engine cannot run.</summary>
public sealed class ModelConfigException(string file, IReadOnlyList<string> errors)
    : EngineException($"{file} is not usable:" + string.Concat(errors.Select(error => "\n  - " + error)))
{
    /// <summary>Path of the file.</summary>
    public string File { get; } = file;

    /// <summary>One line per error, each naming the key.</summary>
    public IReadOnlyList<string> Errors { get; } = errors;
}
