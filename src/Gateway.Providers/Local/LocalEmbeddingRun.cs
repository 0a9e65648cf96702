using System.Text.Json;
using Gateway.Contracts.OpenAI;
using Gateway.Engine.Text;

namespace Gateway.Providers.Local;

/// <summary>The embeddings of one request: its texts take part in the engine's steps beside everybody else's prompts.</summary>
internal sealed class LocalEmbeddingRun(LanguageModel model, LocalEmbeddingRequest request, string name, IAnswerSink sink, AnswerMeter meter, AttemptDeadline deadline)
{
    /// <summary>Texts of one request that are with the engine at the same time, so that a long list leaves room in its queue.</summary>
    private const int MostAtOnce = 16;

    public async Task SendAsync()
    {
        var vectors = new EmbeddingEntry[request.Texts.Count];
        var options = new ParallelOptions { MaxDegreeOfParallelism = MostAtOnce, CancellationToken = deadline.Token };
        meter.Clock.BeginWait();
        await Parallel.ForEachAsync(Enumerable.Range(0, vectors.Length), options, async (index, token) =>
        {
            var vector = await model.Engine.EmbedAsync(request.Texts[index], token).ConfigureAwait(false);
            vectors[index] = new EmbeddingEntry(index, new EmbeddingVector(vector, request.IsBase64));
        }).ConfigureAwait(false);
        meter.Clock.EndWait();

        var usage = new EmbeddingUsage(request.Texts.Sum(text => (long)text.PromptIds.Count));
        meter.Observe(hasToken: false, new TokenUsage(usage.PromptTokens, CachedInput: 0, Output: 0, Reasoning: 0));
        var body = JsonSerializer.SerializeToUtf8Bytes(new EmbeddingList(vectors, name, usage), OpenAIJson.Relaxed.EmbeddingList);
        await sink.SendAsync(new AnswerHead(200, AnswerHead.Json, []), body, deadline.Token).ConfigureAwait(false);
    }
}
