namespace Gateway.Policies.Validation;

/// <summary>A value that a file sets, with its place for what later checks have to say about it.</summary>
internal readonly record struct Setting<T>(T Value, Field At)
    where T : struct;

internal static class SectionSettings
{
    /// <summary>The setting, or null when the key is not there or its value is wrong, which is then reported.</summary>
    public static Setting<T>? Read<T>(this Section section, string key, Func<Field, T?> read)
        where T : struct =>
        section.Find(key) is { } field && read(field) is { } value ? new Setting<T>(value, field) : null;
}
