using System.Text;
using System.Text.Json;
using FsCheck;
using FsCheck.Fluent;
using Gateway.Engine.Constraints;
using Gateway.Engine.Constraints.Automata;
using Gateway.Engine.Constraints.Masks;
using Gateway.Engine.Sampling;
using Gateway.Engine.Tests.Constraints.JsonSchema;
using Gateway.Engine.Text;
using Gateway.Engine.Tokenization;
using Xunit;

namespace Gateway.Engine.Tests.Constraints;

/// <summary>The built-in model, which knows nothing of JSON, held to grammars.</summary>
public sealed class ConstrainedGenerationTests : IAsyncDisposable
{
    private readonly LanguageModel _model = Load();

    [Fact]
    public void GenerateAsync_RandomSchemas_EndInValidDocumentsOrInTheBeginningOfOne()
    {
        var (ended, cut) = (0, 0);
        Prop.ForAll(Gen.Choose(1, int.MaxValue).ToArbitrary(), async seed =>
        {
            var schema = SchemaCase.Create(new Random(seed)).Element;
            var grammar = Grammar.FromJsonSchema(schema);
            var (text, finish) = await GenerateAsync(new TokenRequest
            {
                PromptIds = Prompt,
                MaxTokens = 100,
                Constraint = new TokenConstraint(grammar),
                Sampling = new() { Temperature = 1.5, Seed = seed },
            });
            if (finish == FinishReason.Stop)
            {
                ended++;
                using var document = JsonDocument.Parse(text);
                Assert.True(new SchemaValidator(schema).IsValid(document.RootElement), $"{text} for {schema}");
            }
            else
            {
                cut++;
                Assert.False(GrammarCompiler.Compile(grammar).Read(new StackTable(), text).IsDead);
            }
        }).Check(Config.QuickThrowOnFailure.WithMaxTest(60));
        Assert.True(ended > 20, $"{ended} ended, {cut} were cut off");
    }

    [Fact]
    public async Task GenerateAsync_ManyAtOnceUnderPressure_EachGetsWhatItGetsAlone()
    {
        TokenRequest[] requests =
        [
            .. Enumerable.Range(0, 12).Select(i => new TokenRequest
            {
                PromptIds = [.. Prompt, .. Enumerable.Range(10, i * 3)],
                MaxTokens = 40,
                Constraint = i % 4 == 3 ? null : new TokenConstraint(i % 2 == 0 ? Grammar.AnyJsonObject : Grammar.FromRegex("(yes|no|[a-z]{3,9} )+")),
                Sampling = new() { Temperature = 1.2, Seed = i, PresencePenalty = i % 3 },
            }),
        ];
        await using var small = Load(kvCacheTokens: 160);
        var together = await Task.WhenAll(requests.Select(request => small.Engine.IdsAsync(request)));
        Assert.True(small.Engine.Statistics.Preemptions > 0, "the block pool was never tight");
        for (var i = 0; i < requests.Length; i++)
        {
            Assert.Equal(await _model.Engine.IdsAsync(requests[i]), together[i]);
        }

        small.Engine.CheckIntegrity();
    }

    [Fact]
    public async Task GenerateAsync_Regex_EndsWhereItMatches()
    {
        for (var seed = 0; seed < 8; seed++)
        {
            var (text, finish) = await GenerateAsync(Request("(red|green|blue)-[0-9]{2}", seed));
            Assert.Equal(FinishReason.Stop, finish);
            Assert.Matches("^(red|green|blue)-[0-9]{2}$", Encoding.UTF8.GetString(text));
        }
    }

    [Fact]
    public async Task GenerateAsync_LogprobsAndBias_AreOfTheModelAndOfWhatIsAllowed()
    {
        var request = Request("[xyz]", 1) with { TopLogprobs = 5 };
        var free = (await _model.Engine.CollectAsync(request with { Constraint = null, MaxTokens = 1 }))[0];
        var x = _model.Tokenizer.Encode("x", AddedTokens.Plain).Single();
        var tokens = await _model.Engine.CollectAsync(request with
        {
            Sampling = request.Sampling with { LogitBias = new Dictionary<int, float> { [x] = 100, [free.Id] = 100 } },
        });
        Assert.Equal(x, tokens[0].Id);
        Assert.Equal(free.Logprob!.Top, tokens[0].Logprob!.Top);
    }

    [Fact]
    public async Task GenerateAsync_BeginsAfterAToken_IsFreeUntilThen()
    {
        var end = _model.Tokenizer.AddedTokenList.Select(token => token.Id).First(id => !_model.Engine.Model.EosTokenIds.Contains(id));
        var request = Request("[0-9]{3}", 3) with { Constraint = new TokenConstraint(Grammar.FromRegex("[0-9]{3}"), end), MaxTokens = 30 };
        var free = await _model.Engine.IdsAsync(request with { Constraint = null, MaxTokens = 4, IgnoreEos = true });
        var unused = _model.Engine.Model.VocabularySize - 1;
        var reasoning = await _model.Engine.IdsAsync(request with { MaxTokens = 4, IgnoreEos = true, StopTokenIds = [unused] });
        Assert.Equal(free, reasoning);

        // Now the model ends its reasoning at once.
        var ids = await _model.Engine.IdsAsync(request with { Sampling = new() { Temperature = 0, LogitBias = new Dictionary<int, float> { [end] = 100 } } });
        Assert.Equal(end, ids[0]);
        Assert.Matches("^[0-9]{3}$", Decode(ids[1..^1]));
    }

    [Fact]
    public async Task GenerateAsync_NoTokenFits_FailsThatRequestAlone()
    {
        // A vocabulary of four letters, which has no z.
        var tokenizer = new Tokenization.TokenizerBuilder("a", "b", "c", "d").Build();
        await using var engine = new InferenceEngine(
            EngineSizes.Of(new EngineOptions { ModelPath = "none", KvCacheTokens = 64 }, ComputeDevice.Cpu),
            new FakeModel(batch => [.. batch.LogitTokens.Select(_ => 5f)]),
            new ModelDescription
            {
                Name = "fake",
                Family = "test",
                VocabularySize = 4,
                EmbeddingSize = 4,
                ContextLength = 64,
                ParameterCount = 0,
                CacheBytesPerToken = 4,
                EosTokenIds = [3],
                BosTokenId = null,
            },
            tokenizer);
        var exception = await Assert.ThrowsAsync<GrammarException>(() => engine.IdsAsync(new TokenRequest
        {
            PromptIds = [0],
            Constraint = new TokenConstraint(Grammar.Literal("abz")),
        }));
        Assert.Contains("no token", exception.Message, StringComparison.Ordinal);
        var answer = await engine.IdsAsync(new TokenRequest { PromptIds = [0], Constraint = new TokenConstraint(Grammar.Literal("ab")) });
        Assert.Equal([0, 1, 3], answer);
        engine.CheckIntegrity();
        Assert.Null(engine.Fault);
    }

    [Fact]
    public void GenerateAsync_ConstraintThatCannotBe_IsRefusedAtTheCall()
    {
        GrammarRule rule = new("loop");
        rule.Body = Grammar.Reference(rule);
        Assert.Equal("Constraint", Refuse(new TokenConstraint(Grammar.Reference(rule))).Field);
        Assert.Equal("Constraint", Refuse(new TokenConstraint(Grammar.Token(1_000_000))).Field);
        Assert.Equal("Constraint", Refuse(new TokenConstraint(Grammar.AnyText, -1)).Field);
        Assert.Equal("Constraint", Assert.Throws<EngineRequestException>(() => _model.Engine.GenerateAsync(
            new TokenRequest { PromptIds = [1], IgnoreEos = true, Constraint = new TokenConstraint(Grammar.AnyText) })).Field);
    }

    [Fact]
    public async Task Advance_MasksThatAreKept_AllocatesNothing()
    {
        TokenMasks masks = new(_model.Tokenizer, _model.Engine.Model.VocabularySize);
        var automaton = masks.Compile(Grammar.FromJsonSchema(JsonElement.Parse(
            """{"type":"array","items":{"type":"object","properties":{"a":{"type":"string","maxLength":90}}}}""")));
        var item = _model.Tokenizer.Encode("""{"a": "some words, and ünïcode"}, """, AddedTokens.Plain);
        AnswerConstraint constraint = new(masks, automaton, null, new HashSet<int> { 1 });
        constraint.Advance(_model.Tokenizer.Encode("[", AddedTokens.Plain).Single());

        // Tables grow to what they need, and everything is compiled.
        Repeat(400);
        await Task.Delay(10, TestContext.Current.CancellationToken);
        var meter = new AllocationMeter();
        meter.Mark();
        for (var i = 0; i < 100; i++)
        {
            Repeat(1);
            meter.Mark();
        }

        Assert.True(meter.LongestClean >= 50, $"At most {meter.LongestClean} times in a row nothing was allocated; {meter.Bytes} bytes in all.");

        void Repeat(int times)
        {
            for (var i = 0; i < times; i++)
            {
                foreach (var id in item)
                {
                    constraint.WaitForMask();
                    constraint.Advance(id);
                }
            }
        }
    }

    public ValueTask DisposeAsync() => _model.DisposeAsync();

    private static LanguageModel Load(int kvCacheTokens = 4096) => LanguageModel.Load(new EngineOptions
    {
        ModelPath = Path.Combine(Goldens.RepositoryRoot, "models", "demo"),
        KvCacheTokens = kvCacheTokens,
        Device = ComputeDevice.Cpu,
    });

    private int[] Prompt => _model.EncodeText("Hello");

    private TokenRequest Request(string pattern, long seed) => new()
    {
        PromptIds = Prompt,
        MaxTokens = 60,
        Constraint = new TokenConstraint(Grammar.FromRegex(pattern)),
        Sampling = new SamplingParameters { Temperature = 1.5, Seed = seed },
    };

    private string Decode(int[] ids) => _model.Tokenizer.Decode(ids, skipSpecialTokens: true);

    private EngineRequestException Refuse(TokenConstraint constraint) =>
        Assert.Throws<EngineRequestException>(() => _model.Engine.GenerateAsync(new TokenRequest { PromptIds = [1], Constraint = constraint }));

    private async Task<(byte[] Text, FinishReason? Finish)> GenerateAsync(TokenRequest request)
    {
        var tokens = await _model.Engine.CollectAsync(request);
        byte[] text = [.. tokens.Where(token => token.Finish != FinishReason.Stop).SelectMany(token => _model.Tokenizer.BytesOf(token.Id).ToArray())];
        return (text, tokens[^1].Finish);
    }
}
