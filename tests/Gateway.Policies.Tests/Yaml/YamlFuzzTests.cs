using Gateway.Policies.Tests.Loading;

namespace Gateway.Policies.Tests.Yaml;

public sealed class YamlFuzzTests
{
    private const string Alphabet = "\0\t\n\r !\"#$%&'*,-./0:<>?@[\\]^_`{|}~aé\u2028\ufeff";

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public void Load_RandomMutationsOfValidFiles_AlwaysGivesAResult(int seed)
    {
        var random = new Random(seed);
        using var folder = FullPolicies.Folder();
        (string Name, string Text)[] files =
        [
            ("providers.yaml", FullPolicies.Providers), ("routes.yaml", FullPolicies.Routes),
            ("failover.yaml", FullPolicies.Failover), ("keys.yaml", FullPolicies.Keys), ("budgets.yaml", BudgetsLoadingTests.Text),
        ];

        for (var round = 0; round < 700; round++)
        {
            var (name, text) = files[random.Next(files.Length)];
            folder.Write(name, Mutate(text, random));

            var result = folder.Load();

            Assert.Equal(result.Errors.IsEmpty, result.IsValid);
            Assert.All(result.Errors, error => Assert.DoesNotContain(error.ToString(), char.IsControl));
            folder.Write(name, text);
        }
    }

    private static string Mutate(string text, Random random)
    {
        var characters = text.ToList();
        for (var edits = random.Next(1, 6); edits > 0; edits--)
        {
            var at = random.Next(characters.Count);
            switch (random.Next(5))
            {
                case 0:
                    characters.Insert(at, Alphabet[random.Next(Alphabet.Length)]);
                    break;
                case 1:
                    characters[at] = Alphabet[random.Next(Alphabet.Length)];
                    break;
                case 2:
                    characters.RemoveRange(at, Math.Min(random.Next(1, 20), characters.Count - at - 1));
                    break;
                case 3:
                    characters.InsertRange(at, characters.GetRange(at, Math.Min(random.Next(1, 200), characters.Count - at)));
                    break;
                default:
                    characters.RemoveRange(at, characters.Count - at);
                    characters.Add('\n');
                    break;
            }
        }

        return new string([.. characters]);
    }
}
