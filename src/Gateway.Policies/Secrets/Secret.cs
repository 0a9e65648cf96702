namespace Gateway.Policies;

/// <summary>A value that no log, error or dump may show: only <see cref="Reveal"/> gives it away.</summary>
public readonly record struct Secret
{
    private readonly string? _value;

    public Secret(string value)
    {
        ArgumentNullException.ThrowIfNull(value);
        _value = value;
    }

    /// <summary>The value itself; call it where the value is sent, nowhere else.</summary>
    public string Reveal() => _value ?? "";

    /// <summary>Always <c>***</c>.</summary>
    public override string ToString() => "***";
}
