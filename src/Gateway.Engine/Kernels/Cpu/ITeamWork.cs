namespace Gateway.Engine.Kernels.Cpu;

/// <summary>
/// Items that a <see cref="CpuTeam"/> computes. Made once and used again, so that handing it over allocates nothing: what it reads in a
/// step is set before <see cref="CpuTeam.For"/> is called.
/// </summary>
internal interface ITeamWork
{
    /// <summary>Computes the items [<paramref name="from"/>, <paramref name="to"/>). Calls for other ranges may run at the same time.</summary>
    void Run(int from, int to);
}
