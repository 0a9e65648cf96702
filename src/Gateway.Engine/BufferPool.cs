namespace Gateway.Engine;

/// <summary>Buffers that requests write to one after the other; as many as ever ran, or waited to go on, at the same time.</summary>
/// <remarks>
/// Not safe for concurrent use. What is given back stays as it is until the next request begins with it: a step under way may still read
/// the history of a request that was cancelled. So requests begin only while no step is being collected.
/// </remarks>
internal sealed class BufferPool(int contextLength, int vocabularySize)
{
    private readonly Stack<GenerationBuffers> _free = new();

    public GenerationBuffers Rent() => _free.TryPop(out var buffers) ? buffers : new GenerationBuffers(contextLength, vocabularySize);

    public void Return(GenerationBuffers buffers) => _free.Push(buffers);
}
