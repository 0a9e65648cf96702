using Gateway.Engine.Kernels.Cpu;
using Gateway.Engine.Kernels.Cpu.Attention;

namespace Gateway.Engine.Backends.Cpu;

/// <summary>What the layers of latent attention share: none needs it once it has returned.</summary>
internal sealed class CpuLatentWorkspace : IDisposable
{
    private readonly HeadProduct[] _products;

    /// <param name="team">Who does the work.</param>
    /// <param name="maxTokens">Most tokens of a step.</param>
    /// <param name="shape">Of any of the layers.</param>
    public CpuLatentWorkspace(CpuTeam team, int maxTokens, LatentAttentionShape shape)
    {
        Shape = shape with { Layer = 0 };
        Attention = new CpuAttention(
            team, maxTokens, new AttentionShape(shape.Heads, 1, shape.CacheWidth, shape.LatentRank, ValuesAreKeys: true, shape.SoftmaxScale));
        _products = [.. Enumerable.Range(0, team.Threads).Select(_ => new HeadProduct(shape.LatentRank))];
    }

    /// <summary>The dimensions that the layers have in common.</summary>
    public LatentAttentionShape Shape { get; }

    public CpuAttention Attention { get; }

    /// <summary>The calling thread's own.</summary>
    public HeadProduct Product => _products[CpuTeam.Member];

    public void Dispose()
    {
        Attention.Dispose();
        foreach (var product in _products)
        {
            product.Dispose();
        }
    }
}
