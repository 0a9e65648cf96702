namespace Gateway.Engine.Backends.Cpu;

/// <summary>Intermediate results that no layer needs once it has returned, so that all layers share them.</summary>
internal sealed class CpuScratch(int maxTokens)
{
    private int _hidden;
    private int _inner;

    /// <summary>The normed input of a layer.</summary>
    public float[] Normed { get; private set; } = [];

    /// <summary>What a layer adds to the residual stream.</summary>
    public float[] Added { get; private set; } = [];

    /// <summary>The tokens of one expert, gathered.</summary>
    public float[] ExpertInput { get; private set; } = [];

    public float[] ExpertOutput { get; private set; } = [];

    public float[] Gate { get; private set; } = [];

    public float[] Up { get; private set; } = [];

    /// <summary>Makes room for rows of these widths; called by layers while they are made.</summary>
    public void Reserve(int hidden, int inner = 0)
    {
        if (hidden > _hidden)
        {
            _hidden = hidden;
            (Normed, Added) = (CpuRows.Allocate(maxTokens, hidden), CpuRows.Allocate(maxTokens, hidden));
            (ExpertInput, ExpertOutput) = (CpuRows.Allocate(maxTokens, hidden), CpuRows.Allocate(maxTokens, hidden));
        }

        if (inner > _inner)
        {
            _inner = inner;
            (Gate, Up) = (CpuRows.Allocate(maxTokens, inner), CpuRows.Allocate(maxTokens, inner));
        }
    }
}
