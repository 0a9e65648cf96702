using System.Diagnostics;
using System.IO.Compression;
using Gateway.Benchmarks.Grammars;
using Gateway.Engine.Constraints;
using Gateway.Engine.Constraints.Masks;
using Gateway.Engine.Tokenization;

// dotnet run -c Release --project benchmarks/grammar -- TOKENIZER
//
// TOKENIZER: a tokenizer.json, packed or not. For each grammar: reading and compiling it; the masks of an answer, when nothing was computed before
// and when all was; and of answers drawn at random, which come to more of the grammar's states than sensible ones do.
const int Wanderings = 40;
const int WanderedTokens = 200;
if (args is not [var path])
{
    Console.Error.WriteLine("Usage: dotnet run -c Release --project benchmarks/grammar -- TOKENIZER");
    return 2;
}

var tokenizer = Tokenizer.Parse(Read(path), path);
var endId = tokenizer.AddedTokenList[0].Id;
Warm();
Console.WriteLine($"{tokenizer.VocabularySize} tokens; times in milliseconds");
Console.WriteLine("| grammar | vocabulary | schema to automaton | states | masks of an answer, cold: first | median | 99th | largest | cached: median | of random answers, cold: 99th | largest |");
Console.WriteLine("|---|---|---|---|---|---|---|---|---|---|---|");
foreach (var item in GrammarCase.All)
{
    var masks = new TokenMasks(tokenizer, tokenizer.VocabularySize);
    var start = Stopwatch.GetTimestamp();
    masks.Compile(Grammar.Empty);
    var vocabulary = Stopwatch.GetElapsedTime(start);
    start = Stopwatch.GetTimestamp();
    try
    {
        var automaton = masks.Compile(item.Read());
        var compiled = Stopwatch.GetElapsedTime(start);
        GC.Collect();
        var ids = tokenizer.Encode(item.Answer, AddedTokens.Plain);
        Walk cold = new(masks, automaton, endId), cached = new(masks, automaton, endId), wandering = new(masks, automaton, endId);
        cold.Follow(ids);
        cached.Follow(ids);
        for (var seed = 0; seed < Wanderings; seed++)
        {
            wandering.Wander(new Random(seed), WanderedTokens);
        }

        Console.WriteLine(FormattableString.Invariant(
            $"| {item.Name} | {vocabulary.TotalMilliseconds:F0} | {compiled.TotalMilliseconds:F1} | {automaton.StateCount} | {cold.First:F2} | {Share(cold, 0.5):F3} | {Share(cold, 0.99):F2} | {Share(cold, 1):F2} | {Share(cached, 0.5):F4} | {Share(wandering, 0.99):F2} | {Share(wandering, 1):F2} |"));
    }
    catch (Exception exception) when (exception is GrammarException or JsonSchemaException)
    {
        Console.WriteLine(FormattableString.Invariant($"| {item.Name} | refused after {Stopwatch.GetElapsedTime(start).TotalMilliseconds:F0}: {exception.Message} |"));
    }
}

return 0;

double Share(Walk walk, double share) => walk.Milliseconds[(int)(share * (walk.Milliseconds.Count - 1))];

// Code is compiled, and shared rules are.
void Warm()
{
    foreach (var item in GrammarCase.All.Take(2))
    {
        var masks = new TokenMasks(tokenizer, tokenizer.VocabularySize);
        new Walk(masks, masks.Compile(item.Read()), endId).Follow(tokenizer.Encode(item.Answer, AddedTokens.Plain));
    }
}

static byte[] Read(string path)
{
    using Stream file = path.EndsWith(".gz", StringComparison.Ordinal) ? new GZipStream(File.OpenRead(path), CompressionMode.Decompress) : File.OpenRead(path);
    using MemoryStream bytes = new();
    file.CopyTo(bytes);
    return bytes.ToArray();
}
