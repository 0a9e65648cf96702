namespace Gateway.Engine.Backends.Cpu;

/// <summary>Intermediate results that no layer needs once it has returned, so that all layers share them.</summary>
internal sealed class CpuScratch(int maxTokens)
{
    private int _hidden;

    /// <summary>The normed input of a layer.</summary>
    public float[] Normed { get; private set; } = [];

    /// <summary>What a layer adds to the residual stream.</summary>
    public float[] Added { get; private set; } = [];

    /// <summary>Makes room for rows of that width; called by layers while they are made.</summary>
    public void Reserve(int hidden)
    {
        if (hidden > _hidden)
        {
            _hidden = hidden;
            (Normed, Added) = (CpuRows.Allocate(maxTokens, hidden), CpuRows.Allocate(maxTokens, hidden));
        }
    }
}
