using Gateway.Engine.Kernels.Cpu;
using Gateway.Engine.Kernels.Cpu.Attention;

namespace Gateway.Engine.Backends.Cpu;

/// <summary>What the layers of latent attention share: none needs it once it has returned.</summary>
internal sealed class CpuLatentWorkspace : IDisposable
{
    /// <summary>Most tokens that a thread expands at a time.</summary>
    public const int TokensAtOnce = HeadProduct.MaxTokens;

    private readonly HeadProduct[] _products;
    private readonly CpuInputs[] _inputs;

    /// <param name="team">Who does the work.</param>
    /// <param name="maxTokens">Most tokens of a step.</param>
    /// <param name="shape">Of any of the layers.</param>
    /// <param name="kernels">Multiply weights.</param>
    public CpuLatentWorkspace(CpuTeam team, int maxTokens, LatentAttentionShape shape, CpuKernelSet kernels)
    {
        Shape = shape with { Layer = 0 };
        Attention = new CpuAttention(
            team, maxTokens, new AttentionShape(shape.Heads, 1, shape.CacheWidth, shape.LatentRank, ValuesAreKeys: true, shape.SoftmaxScale));
        _products = [.. Enumerable.Range(0, team.Threads).Select(_ => new HeadProduct(shape.LatentRank))];
        _inputs = [.. Enumerable.Range(0, team.Threads).Select(_ => kernels.Inputs())];
    }

    /// <summary>The dimensions that the layers have in common.</summary>
    public LatentAttentionShape Shape { get; }

    public CpuAttention Attention { get; }

    /// <summary>The calling thread's own.</summary>
    public HeadProduct Product => _products[CpuTeam.Member];

    /// <summary>The calling thread's own, for one head's vectors.</summary>
    public CpuInputs Inputs => _inputs[CpuTeam.Member];

    /// <summary>Makes room for what a matrix multiplies in <see cref="Inputs"/>.</summary>
    public void Reserve(CpuMatrix matrix)
    {
        foreach (var inputs in _inputs)
        {
            inputs.Reserve(TokensAtOnce, matrix, stores: true);
        }
    }

    public void Dispose()
    {
        Attention.Dispose();
        foreach (var product in _products)
        {
            product.Dispose();
        }
    }
}
