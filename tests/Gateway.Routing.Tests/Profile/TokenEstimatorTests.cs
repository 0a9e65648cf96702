using System.Text;
using Gateway.Policies;
using Xunit;

namespace Gateway.Routing.Tests.Profile;

public sealed class TokenEstimatorTests
{
    /// <summary>Texts and their true numbers of tokens: Llama 3, Qwen 2, DeepSeek-LLM, DeepSeek-V3.</summary>
    public static TheoryData<string, int, int, int, int> Counted => new()
    {
        {
            "The committee met on Thursday to decide whether the old harbour should be sold to a private company. Several m"
            + "embers argued that the town could not afford the repairs, while others feared that fishermen would lose their "
            + "berths. After four hours of debate the chair proposed to wait for the engineers' report, which is expected in "
            + "spring, and everybody agreed.",
            68, 68, 68, 68
        },
        {
            "A bakery sells 24 loaves of bread a day at $3.50 each and 36 rolls at $0.75 each. On Saturdays it sells twice "
            + "as many loaves and half as many rolls. How much money does the bakery take in a week of seven days, of which o"
            + "ne is a Saturday? Show each step of your calculation.",
            71, 75, 75, 71
        },
        {
            "def merge(left, right):\n    result = []\n    i = j = 0\n    while i < len(left) and j < len(right):\n        "
            + "if left[i] <= right[j]:\n            result.append(left[i])\n            i += 1\n        else:\n            re"
            + "sult.append(right[j])\n            j += 1\n    result.extend(left[i:])\n    result.extend(right[j:])\n    retu"
            + "rn result\n",
            83, 83, 111, 85
        },
        {
            "{\"name\":\"get_weather\",\"description\":\"Get the current weather for a city.\",\"parameters\":{\"type\":\"o"
            + "bject\",\"properties\":{\"city\":{\"type\":\"string\",\"description\":\"The name of the city\"},\"unit\":{\"ty"
            + "pe\":\"string\",\"enum\":[\"celsius\",\"fahrenheit\"]}},\"required\":[\"city\"]}}",
            59, 59, 65, 64
        },
        {
            "长城是中国古代的军事防御工程，是一道高大、坚固而且连绵不断的长垣，用以限隔敌骑的行动。长城不是一道单纯孤立的城墙，而是以城墙为主体，同大量的城、障、亭、标相结合的防御体系。",
            77, 57, 61, 51
        },
        {
            "東京は日本の首都であり、世界でも最大級の都市の一つです。毎年多くの観光客が訪れ、古い寺院と新しい高層ビルが並ぶ街並みを楽しんでいます。春には桜が咲き、公園は花見の人々でいっぱいになります。",
            71, 65, 115, 68
        },
        {
            "Комиссия собралась в четверг, чтобы решить, следует ли продать старую гавань частной компании. Некоторые члены"
            + " утверждали, что город не может позволить себе ремонт, а другие опасались, что рыбаки потеряют свои причалы.",
            63, 69, 90, 64
        },
        {
            "La commission s'est réunie jeudi pour décider si le vieux port devait être vendu à une entreprise privée. Plus"
            + "ieurs membres ont soutenu que la ville ne pouvait pas payer les réparations, tandis que d'autres craignaient q"
            + "ue les pêcheurs ne perdent leurs places.",
            68, 68, 83, 66
        },
    };

    [Theory]
    [MemberData(nameof(Counted))]
    public void Estimate_OneText_IsWithinAFifth(string text, int llama3, int qwen, int deepSeekV2, int deepSeekV3)
    {
        var measure = TextMeasure.Of(Encoding.UTF8.GetBytes(text));

        AssertNear(llama3, TokenEstimator.Estimate(measure, TokenizerFamily.Llama3));
        AssertNear(qwen, TokenEstimator.Estimate(measure, TokenizerFamily.Qwen));
        AssertNear(deepSeekV2, TokenEstimator.Estimate(measure, TokenizerFamily.DeepSeekV2));
        AssertNear(deepSeekV3, TokenEstimator.Estimate(measure, TokenizerFamily.DeepSeekV3));
    }

    [Fact]
    public void Estimate_EveryFamily_IsNearTheOthersOnEnglish()
    {
        var measure = TextMeasure.Of("The quick brown fox jumps over the lazy dog, and the dog does not mind it at all."u8);

        foreach (var family in Enum.GetValues<TokenizerFamily>())
        {
            Assert.InRange(TokenEstimator.Estimate(measure, family), 17, 28);
        }
    }

    [Fact]
    public void Estimate_Claude_IsMoreThanGeneric()
    {
        var measure = TextMeasure.Of(Encoding.UTF8.GetBytes(new string('x', 10).Insert(5, " and some words, of which there are many, each with a price")));

        Assert.True(TokenEstimator.Estimate(measure, TokenizerFamily.Claude) > TokenEstimator.Estimate(measure, TokenizerFamily.Generic));
    }

    [Fact]
    public void Estimate_NoText_IsNothing()
    {
        Assert.Equal(0, TokenEstimator.Estimate(default, TokenizerFamily.Generic));
        Assert.Equal(0, TokenEstimator.Estimate(TextMeasure.Of([]), TokenizerFamily.OpenAI));
    }

    [Fact]
    public void Estimate_FixedTokens_CountAsTheyAre()
    {
        foreach (var family in Enum.GetValues<TokenizerFamily>())
        {
            Assert.Equal(1234, TokenEstimator.Estimate(TextMeasure.OfTokens(1234), family));
        }

        Assert.Equal(int.MaxValue, TokenEstimator.Estimate(TextMeasure.OfTokens(long.MaxValue / 2), TokenizerFamily.Claude));
    }

    [Theory]
    [InlineData(TokenizerFamily.OpenAI, 4, 3)]
    [InlineData(TokenizerFamily.Llama3, 5, 5)]
    [InlineData(TokenizerFamily.DeepSeekV3, 1, 2)]
    public void Estimate_Messages_CostWhatTheTemplateAdds(TokenizerFamily family, int perMessage, int perRequest)
    {
        const string empty = """{"role":"user","content":""}""";

        Assert.Equal(perMessage + perRequest, Requests.Chat(empty).PromptTokens(family));
        Assert.Equal((3 * perMessage) + perRequest, Requests.Chat($"{empty},{empty},{empty}").PromptTokens(family));
    }

    /// <summary>Text of one kind of character only: a budget must not be emptied by what an estimate takes for nothing.</summary>
    [Theory]
    [InlineData("a")]
    [InlineData("Z")]
    [InlineData("7")]
    [InlineData(" ")]
    [InlineData("\n")]
    [InlineData("\0")]
    [InlineData("{")]
    [InlineData("é")]
    [InlineData("ế")]
    [InlineData("ế ")]
    [InlineData("aế")]
    [InlineData("д")]
    [InlineData("ع")]
    [InlineData("字")]
    [InlineData("한")]
    [InlineData("😀")]
    public void Estimate_MonotonousText_IsNeverNothing(string unit)
    {
        var measure = TextMeasure.Of(Encoding.UTF8.GetBytes(string.Concat(Enumerable.Repeat(unit, 10_000))));

        foreach (var family in Enum.GetValues<TokenizerFamily>())
        {
            Assert.InRange(TokenEstimator.Estimate(measure, family), 150, 80_000);
        }
    }

    private static void AssertNear(int expected, int actual) => Assert.InRange(actual, 0.8 * expected, 1.2 * expected);
}
