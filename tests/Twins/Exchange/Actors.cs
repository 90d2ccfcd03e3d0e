using Proto;

namespace Twins.Exchange;

/// <summary>Greets, and knows who sent the guest if a header says so.</summary>
public sealed class Greeter : IActor
{
    private int _greeted;

    public Task ReceiveAsync(IContext context)
    {
        if (context.Message is Greet greet)
        {
            var from = context.Headers.TryGetValue("from", out var sender) ? $" from {sender}" : "";
            context.Respond(new Greeting { Text = $"hello {greet.Name}{from}, guest {++_greeted}" });
        }

        return Task.CompletedTask;
    }
}

/// <summary>Answers each message with one that travels the same way.</summary>
public sealed class Shop : IActor
{
    private const int CentsPerPiece = 125;

    public Task ReceiveAsync(IContext context)
    {
        switch (context.Message)
        {
            case PriceQuestion question:
                context.Respond(new PriceAnswer(question.Article, Money.FromCents(question.Pieces * CentsPerPiece)));
                break;
            case Temperature temperature:
                context.Respond(Temperature.Of(temperature.Degrees + 1));
                break;
            case Parcel parcel:
                context.Respond(parcel);
                break;
        }

        return Task.CompletedTask;
    }
}

/// <summary>Lives on the asking node: passes some guests on, and asks for others and tells them.</summary>
public sealed class Usher(PID greeter) : IActor
{
    public Task ReceiveAsync(IContext context)
    {
        switch (context.Message)
        {
            case Greet { Name: "forwarded" }:
                context.Forward(greeter);
                break;
            case Greet greet:
                context.RequestReenter<Greeting>(greeter, greet, async answer =>
                    context.Respond(new Greeting { Text = $"{(await answer).Text}, by the usher" }), CancellationTokens.FromSeconds(10));
                break;
        }

        return Task.CompletedTask;
    }
}
