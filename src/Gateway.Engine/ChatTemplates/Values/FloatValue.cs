namespace Gateway.Engine.ChatTemplates.Values;

/// <summary>A double.</summary>
/// <param name="number">The value.</param>
/// <param name="literal">How the client wrote it in JSON, when it came from there; <c>tojson</c> writes it the same way.</param>
internal sealed class FloatValue(double number, string? literal = null) : Value
{
    public double Number { get; } = number;

    public string? Literal { get; } = literal;

    public override string TypeName => "float";

    public override bool IsTrue => Number != 0;
}
