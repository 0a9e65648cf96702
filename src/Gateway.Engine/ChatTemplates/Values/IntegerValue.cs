using System.Numerics;

namespace Gateway.Engine.ChatTemplates.Values;

/// <summary>An integer of any size, as Python's are.</summary>
/// <param name="number">The value.</param>
/// <param name="literal">How the client wrote it in JSON, when it came from there; <c>tojson</c> writes it the same way.</param>
internal sealed class IntegerValue(BigInteger number, string? literal = null) : Value
{
    /// <summary>Digits beyond which an integer is refused (Python's own limit for converting between text and integer).</summary>
    public const int MaxDigits = 4300;

    /// <summary>The same limit for arithmetic: 4300 digits need 14285 bits.</summary>
    public const int MaxBits = 14285;

    public static IntegerValue Zero { get; } = new(BigInteger.Zero);

    public BigInteger Number { get; } = number;

    public string? Literal { get; } = literal;

    public override string TypeName => "int";

    public override bool IsTrue => !Number.IsZero;
}
