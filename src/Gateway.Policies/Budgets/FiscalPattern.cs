namespace Gateway.Policies;

/// <summary>How the 13 weeks of a fiscal quarter make three months.</summary>
public enum FiscalPattern
{
    /// <summary><c>4-4-5</c>.</summary>
    FourFourFive,

    /// <summary><c>4-5-4</c>.</summary>
    FourFiveFour,

    /// <summary><c>5-4-4</c>.</summary>
    FiveFourFour,
}
