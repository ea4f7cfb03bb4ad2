"""How much longer the model's decisions take where the browser looks at principals (claim C14).

Everything is measured in one run, by turns, so that the ratios mean something on any machine.
"""

import costs

GOAL_PERCENT = 3


def test_looking_at_principals_beside_looking_at_origins(capsys):
    rows = costs.in_model()
    with capsys.disabled():
        print(f"\n{costs.SCOPE}: COP beside SOP, the goal is under {GOAL_PERCENT} %")
        print(f"{'':<30}{'fastest':>9}{'median':>9}{'quartiles':>16}   SOP, µs a decision")
        for name, row in rows.items():
            quartiles = f"{row['lower_quartile']:+.1f} … {row['upper_quartile']:+.1f}"
            print(
                f"{name:<30}{row['percent']:>+7.1f} %{row['median']:>+7.1f} %"
                f"{quartiles:>16}   {row['decision_us']:>8.2f}"
            )
