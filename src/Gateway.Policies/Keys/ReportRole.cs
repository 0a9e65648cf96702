namespace Gateway.Policies;

/// <summary>Whose spending a virtual key may read.</summary>
public enum ReportRole
{
    /// <summary>Everybody's.</summary>
    Finance,

    /// <summary>That of the key's own team, in the key's own organization.</summary>
    Team,
}
