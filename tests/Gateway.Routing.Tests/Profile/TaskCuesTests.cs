using Xunit;

namespace Gateway.Routing.Tests.Profile;

public sealed class TaskCuesTests
{
    [Theory]
    [InlineData(TaskKind.Code, "Write a Python function that merges two sorted lists.")]
    [InlineData(TaskKind.Code, "Fix this:\n```\nfor i in range(10) print(i)\n```")]
    [InlineData(TaskKind.Code, "Why does my React component render twice?")]
    [InlineData(TaskKind.Code, "Write a SQL query that returns the ten customers with the highest total orders per month.")]
    [InlineData(TaskKind.Code, "public static int Max(int[] values) { int best = values[0]; foreach (var v in values) { if (v > best) best = v; } return best; }  What does it do?")]
    [InlineData(TaskKind.Code, "Refactor the following method so that it does not allocate.")]
    [InlineData(TaskKind.Code, "I get 'TypeError: cannot read properties of undefined' when I call the endpoint. What is wrong?")]
    [InlineData(TaskKind.Code, "Implement an LRU cache in Rust with a hash map and a linked list, and explain the algorithm.")]
    [InlineData(TaskKind.Code, "Give me a regex that matches ISO dates.")]
    [InlineData(TaskKind.Code, "Schreibe eine Python-Funktion, die eine Liste sortiert.")]
    [InlineData(TaskKind.Math, "Solve x^2 - 5x + 6 = 0.")]
    [InlineData(TaskKind.Math, "What is the integral of x * sin(x) from 0 to pi?")]
    [InlineData(TaskKind.Math, "Natalia sold clips to 48 of her friends in April, and then she sold half as many clips in May. How many clips did Natalia sell altogether?")]
    [InlineData(TaskKind.Math, "Prove that there are infinitely many prime numbers.")]
    [InlineData(TaskKind.Math, "A train travels 120 km in 2 hours and then 90 km in 1.5 hours. How much time does it need for 300 km at the average speed?")]
    [InlineData(TaskKind.Math, "Compute the eigenvalues of the matrix [[2, 1], [1, 2]].")]
    [InlineData(TaskKind.Math, "Find the derivative of ln(x^2 + 1).")]
    [InlineData(TaskKind.Math, "Let p = (1, 2, 5, 4)(2, 3) in S_5. Find the index of the subgroup <p> in S_5; simplify the ratio.\nA. 8\nB. 2\nC. 24\nD. 120\nAnswer:")]
    [InlineData(TaskKind.Math, "What is the probability of rolling two sixes with two dice?  Calculate it exactly.")]
    [InlineData(TaskKind.Reasoning, "Three people are on an island of knights and knaves. A says that B is a knave. Who is what?")]
    [InlineData(TaskKind.Reasoning, "Which of the following best describes the role of the hippocampus?\nA. Sight\nB. Memory\nC. Balance\nD. Speech\nAnswer:")]
    [InlineData(TaskKind.Reasoning, "Plan a two-week itinerary through Japan for a family that wants few changes of hotel.")]
    [InlineData(TaskKind.Reasoning, "A plaintiff slips on a wet floor in a shop. Is the owner liable for negligence? Argue both sides.")]
    [InlineData(TaskKind.Reasoning, "I have a fox, a hen and a bag of corn. Solve the river puzzle and deduce the order step by step.")]
    [InlineData(TaskKind.Reasoning, "Compare the pros and cons of a monorepo for a team of forty.")]
    [InlineData(TaskKind.Reasoning, "All birds have feathers. Penguins are birds. What can you conclude from these premises, and why?")]
    [InlineData(TaskKind.Reasoning, "Statement 1 | Every contract needs consideration. Statement 2 | A gift is a contract.\nA) True, True\nB) False, False\nC) True, False\nD) False, True\nAnswer:")]
    [InlineData(TaskKind.Languages, "Translate 'good morning, how are you?' into French.")]
    [InlineData(TaskKind.Languages, "How do you say 'thank you' in Japanese?")]
    [InlineData(TaskKind.Languages, "¿Cuáles son los mejores libros para aprender historia de España?")]
    [InlineData(TaskKind.Languages, "Wie backe ich ein Brot mit Sauerteig, und wie lange muss es gehen?")]
    [InlineData(TaskKind.Languages, "请介绍一下长城的历史。")]
    [InlineData(TaskKind.Languages, "Расскажи о Санкт-Петербурге.")]
    [InlineData(TaskKind.Languages, "ما هي عاصمة المغرب؟")]
    [InlineData(TaskKind.Languages, "Quelle est la capitale de l'Australie et pourquoi pas Sydney ?")]
    [InlineData(TaskKind.Languages, "日本の首都はどこですか。")]
    [InlineData(TaskKind.Languages, "Conjugate the verb 'aller' in the past tense.")]
    [InlineData(TaskKind.Extraction, "Extract all names and dates from the text below.\n\nOn 3 May 1921 Ada met Charles in London.")]
    [InlineData(TaskKind.Extraction, "Classify this review as positive, negative or neutral: 'The food was cold.'")]
    [InlineData(TaskKind.Extraction, "Return the invoice number, the date and the total as JSON fields: Invoice 4711 of 2 January, 12.50 EUR.")]
    [InlineData(TaskKind.Extraction, "Label every ticket with one category from the list.")]
    [InlineData(TaskKind.Extraction, "What is the sentiment of this tweet? Answer with one of these labels: happy, sad.")]
    [InlineData(TaskKind.Extraction, "Turn this paragraph into CSV with the columns city and population.")]
    [InlineData(TaskKind.General, "")]
    [InlineData(TaskKind.General, "Hello!")]
    [InlineData(TaskKind.General, "What is the capital of Australia?")]
    [InlineData(TaskKind.General, "Write a poem about the sea.")]
    [InlineData(TaskKind.General, "Summarize this article in three sentences: The council met on Tuesday to discuss the new park.")]
    [InlineData(TaskKind.General, "Recommend a good restaurant near the station.")]
    [InlineData(TaskKind.General, "Write a polite email to my landlord about the broken heating.")]
    [InlineData(TaskKind.General, "Who wrote Don Quijote de la Mancha?")]
    [InlineData(TaskKind.General, "Tell me a story about a dragon that is afraid of mice.")]
    [InlineData(TaskKind.General, "How old was Mozart when he died in 1791?")]
    public void Classify_RealisticPrompt_IsToldByItsCues(TaskKind expected, string prompt) => Assert.Equal(expected, TaskCues.Classify(prompt));

    [Fact]
    public void Classify_LongPrompt_IsToldByItsEnds()
    {
        var filler = string.Concat(Enumerable.Repeat("The council met on Tuesday. ", 1000));

        Assert.Equal(TaskKind.General, TaskCues.Classify(filler));
        Assert.Equal(TaskKind.Extraction, TaskCues.Classify("Extract the entities.\n" + filler));
        Assert.Equal(TaskKind.Languages, TaskCues.Classify(filler + "\nTranslate the text above into German."));
    }

    [Theory]
    [InlineData("\ud800")]
    [InlineData("```")]
    [InlineData("\u0000\u0001 \t\n")]
    public void Classify_OddText_DoesNotThrow(string prompt) => Assert.True(Enum.IsDefined(TaskCues.Classify(prompt)));
}
