% Runs a tabled program in SWI-Prolog: PROGRAM FACTS OUT count|write THREADS INPUTS RESULTS
main :-
    current_prolog_flag(argv, [Program, Facts, Out, Mode, _, Inputs, Results | _]),
    names(Inputs, InputNames),
    forall(member(Name-_, InputNames), (atomic_list_concat([Facts, /, Name, '.pl'], Path), load_files(Path, [silent(true)]))),
    style_check(-singleton),
    load_files(Program, [silent(true)]),
    names(Results, ResultNames),
    forall(member(Name-Arity, ResultNames), result(Mode, Out, Name, Arity)).

names('', []) :- !.
names(Declared, Names) :-
    atomic_list_concat(Parts, ';', Declared),
    findall(Name-Arity, (member(Part, Parts), atomic_list_concat([Name, Columns], ':', Part),
        atomic_list_concat(Listed, ',', Columns), length(Listed, Arity)), Names).

result(count, _, Name, Arity) :-
    functor(Goal, Name, Arity),
    aggregate_all(count, Goal, Count),
    format("~w\t~d~n", [Name, Count]).
result(write, Out, Name, Arity) :-
    functor(Goal, Name, Arity),
    atomic_list_concat([Out, /, Name, '.csv'], Path),
    setup_call_cleanup(open(Path, write, Stream),
        forall(Goal, (Goal =.. [_ | Values], atomic_list_concat(Values, '\t', Line), writeln(Stream, Line))),
        close(Stream)).
