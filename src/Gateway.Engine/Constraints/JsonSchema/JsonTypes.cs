namespace Gateway.Engine.Constraints.JsonSchema;

/// <summary>The types of JSON schema; every integer is a number too.</summary>
[Flags]
internal enum JsonTypes
{
    None = 0,
    Null = 1,
    Boolean = 2,
    Integer = 4,

    /// <summary>Numbers that are no integers.</summary>
    Fraction = 8,
    String = 16,
    Array = 32,
    Object = 64,
    Number = Integer | Fraction,
    All = 127,
}
