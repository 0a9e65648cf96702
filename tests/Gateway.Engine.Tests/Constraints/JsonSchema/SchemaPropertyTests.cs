using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using FsCheck;
using FsCheck.Fluent;
using Gateway.Engine.Constraints;
using Gateway.Engine.Constraints.Automata;
using Xunit;
using NetRegex = System.Text.RegularExpressions.Regex;

namespace Gateway.Engine.Tests.Constraints.JsonSchema;

/// <summary>Random schemas: what the automaton says is valid, and what is valid the automaton says.</summary>
public sealed class SchemaPropertyTests
{
    private static readonly JsonSerializerOptions[] Spellings =
    [
        new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping },
        new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping, WriteIndented = true },
    ];

    private static readonly NetRegex SurrogatePair = new(@"\\uD[89AB]..\\uD[C-F]..");

    [Fact]
    public void FromJsonSchema_RandomWalks_GiveValidDocuments()
    {
        var documents = 0;
        Check(seed =>
        {
            Random random = new(seed);
            var schema = SchemaCase.Create(random).Element;
            var automaton = GrammarCompiler.Compile(Grammar.FromJsonSchema(schema));
            for (var i = 0; i < 5; i++)
            {
                if (automaton.RandomText(random) is { } text)
                {
                    documents++;
                    using var document = JsonDocument.Parse(text);
                    Assert.True(new SchemaValidator(schema).IsValid(document.RootElement), $"{text} for {schema}");
                }
            }
        });
        Assert.True(documents > 500, $"only {documents} walks came to an end");
    }

    [Fact]
    public void FromJsonSchema_RandomValidDocuments_AreAccepted() => Check(seed =>
    {
        Random random = new(seed);
        var schema = SchemaCase.Create(random);
        var automaton = GrammarCompiler.Compile(Grammar.FromJsonSchema(schema.Element));
        for (var i = 0; i < 10; i++)
        {
            var document = schema.Document(random);
            Assert.True(new SchemaValidator(schema.Element).IsValid(JsonSerializer.SerializeToElement(document)), "the test's own document is invalid");
            foreach (var spelling in Spellings)
            {
                // The serializer escapes what lies beyond the basic plane; where characters matter, the product writes it raw.
                var text = SurrogatePair.Replace(JsonSerializer.Serialize(document, spelling), pair => NetRegex.Unescape(pair.Value));
                Assert.True(automaton.Accepts(Encoding.UTF8.GetBytes(text)), $"{text} for {schema.Element}");
            }
        }
    });

    private static void Check(Action<int> property) =>
        Prop.ForAll(Gen.Choose(1, int.MaxValue).ToArbitrary(), property).Check(Config.QuickThrowOnFailure.WithMaxTest(200));
}
