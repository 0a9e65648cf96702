using System.Collections.Frozen;
using Gateway.Routing.Difficulty.Features;

namespace Gateway.Routing;

/// <summary>The words that <see cref="TaskCues"/> looks for, found by the lexer's hash.</summary>
internal static class TaskWords
{
    // Keyed by int because frozen dictionaries have a faster form for it.
    private static readonly FrozenDictionary<int, TaskWord> Words = Build(
        (new(TaskKind.Code, 3, TaskWordClass.None),
            "python javascript typescript java kotlin golang csharp php sql bash regex html css react django numpy pandas dockerfile "
            + "kubernetes refactor debug stacktrace traceback segfault nullreferenceexception nullpointerexception typeerror println printf "
            + "async await leetcode postgres mysql unittest pytest goroutine def elif const struct"),
        (new(TaskKind.Code, 2, TaskWordClass.None),
            "rust code coding compile compiler script algorithm git repository codebase endpoint linux dataframe iterator parser"),
        (new(TaskKind.Code, 1, TaskWordClass.None),
            "function method class api implement bug variable array loop return import exception query string null program error"),
        (new(TaskKind.Math, 3, TaskWordClass.None),
            "equation equations integral derivative polynomial polynomials theorem eigenvalue eigenvalues determinant logarithm modulo "
            + "quadratic frac sqrt trigonometric hypotenuse integrate differentiate arithmetic abelian homomorphism isomorphic"),
        (new(TaskKind.Math, 2, TaskWordClass.None),
            "solve compute calculate probability triangle matrix prove proof integer integers divisible perimeter radius sin cos simplify "
            + "algebra limit remainder vertices convergent subgroup"),
        (new(TaskKind.Math, 1, TaskWordClass.None),
            "evaluate sum product area circle square prime percent fraction ratio average angle factor number numbers derive"),
        (new(TaskKind.Reasoning, 3, TaskWordClass.None),
            "puzzle riddle deduce logically knave knaves paradox premises syllogism sudoku dilemma deduction"),
        (new(TaskKind.Reasoning, 2, TaskWordClass.None),
            "reasoning reason argue argument arguments plan strategy itinerary prioritize tradeoffs infer conclude premise negligence "
            + "liability plaintiff defendant court statute contract hypothesis implications feasible logic roadmap pros cons"),
        (new(TaskKind.Reasoning, 1, TaskWordClass.None),
            "why analyze analyse compare decide schedule constraints consequences evidence assumption assumptions therefore truth lies "
            + "should step cause causes law"),
        (new(TaskKind.Languages, 3, TaskWordClass.None),
            "translate translation translating translated traduire traduis traduce übersetze übersetzen traduci traduza conjugate "
            + "conjugation"),
        (new(TaskKind.Languages, 2, TaskWordClass.None),
            "french spanish german italian portuguese dutch polish russian japanese korean chinese mandarin arabic hindi turkish "
            + "vietnamese swedish greek hebrew ukrainian idiom"),
        (new(TaskKind.Languages, 1, TaskWordClass.None),
            "english grammar phrase language pronounce say"),
        (new(TaskKind.Extraction, 3, TaskWordClass.None),
            "extract extracting classify categorize categorise entities transcribe"),
        (new(TaskKind.Extraction, 2, TaskWordClass.None),
            "json csv label labels sentiment fields invoice columns spam ticket"),
        (new(TaskKind.Extraction, 1, TaskWordClass.None),
            "table list category categories tag tags parse format field values positive negative neutral names dates"),
        (new(TaskKind.General, 0, TaskWordClass.Quantity),
            "many much each total twice half times dollars cents cost costs per percentage altogether remaining left more less thrice "
            + "double triple"),
        (new(TaskKind.General, 0, TaskWordClass.English),
            "the of and to is in that for it you with are this what how on be i my your from at by do can have"),
        (new(TaskKind.General, 0, TaskWordClass.OtherLanguage),
            "el los las una por para con como que del está qué cómo les des une pour dans est avec sur pas vous nous quelle comment der "
            + "das und nicht ist ein eine mit von zu auf wie ich sie het een van niet voor zijn il che di della sono perché uma não com você "
            + "como ao och att det är inte som nie jest się jak bir bu ve için nasıl je ne du au mon quel quels puis den dem bitte meine "
            + "welche wat hoe kan mi puedo cuál cuáles gli nel una dos tus"));

    public static bool TryFind(uint hash, out TaskWord word) => Words.TryGetValue((int)hash, out word);

    private static FrozenDictionary<int, TaskWord> Build(params ReadOnlySpan<(TaskWord Word, string Spellings)> groups)
    {
        var words = new Dictionary<int, TaskWord>();
        foreach (var (word, spellings) in groups)
        {
            foreach (string spelling in spellings.Split(' '))
            {
                // Several languages share some words.
                words.TryAdd((int)TermHash.OfWord(spelling), word);
            }
        }

        return words.ToFrozenDictionary();
    }
}
