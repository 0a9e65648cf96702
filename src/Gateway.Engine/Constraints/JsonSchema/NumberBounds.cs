namespace Gateway.Engine.Constraints.JsonSchema;

/// <summary>Between which numbers a number must lie.</summary>
/// <param name="Lower">Null: no lower bound.</param>
/// <param name="IsLowerExclusive">The bound itself does not count.</param>
/// <param name="Upper">Null: no upper bound.</param>
/// <param name="IsUpperExclusive">The bound itself does not count.</param>
internal readonly record struct NumberBounds(DecimalNumber? Lower, bool IsLowerExclusive, DecimalNumber? Upper, bool IsUpperExclusive)
{
    public bool IsOpen => Lower is null && Upper is null;

    public bool IsEmpty => Lower is { } lower && Upper is { } upper
        && lower.CompareTo(upper) is var order && (order > 0 || (order == 0 && (IsLowerExclusive || IsUpperExclusive)));

    public bool Contains(DecimalNumber number) => !AtLeast(number, false).AtMost(number, false).IsEmpty;

    public NumberBounds AtLeast(DecimalNumber bound, bool isExclusive) =>
        Lower is { } lower && lower.CompareTo(bound) is var order && (order > 0 || (order == 0 && (IsLowerExclusive || !isExclusive)))
            ? this
            : this with { Lower = bound, IsLowerExclusive = isExclusive };

    public NumberBounds AtMost(DecimalNumber bound, bool isExclusive) =>
        Upper is { } upper && upper.CompareTo(bound) is var order && (order < 0 || (order == 0 && (IsUpperExclusive || !isExclusive)))
            ? this
            : this with { Upper = bound, IsUpperExclusive = isExclusive };

    public NumberBounds And(NumberBounds other)
    {
        var both = other.Lower is { } lower ? AtLeast(lower, other.IsLowerExclusive) : this;
        return other.Upper is { } upper ? both.AtMost(upper, other.IsUpperExclusive) : both;
    }

    /// <summary>The integers between the same bounds, none of them exclusive.</summary>
    public NumberBounds ToIntegers() => new(
        Lower is not { } lower ? null : IsLowerExclusive ? lower.Floor().Plus(1) : lower.Ceiling(),
        false,
        Upper is not { } upper ? null : IsUpperExclusive ? upper.Ceiling().Plus(-1) : upper.Floor(),
        false);
}
